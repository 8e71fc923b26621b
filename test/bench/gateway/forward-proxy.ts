/** Takes OTLP/HTTP and sends the bytes on, unread: what Node's HTTP costs alone. Arguments: port, backend's URL. */
import { Agent, createServer, request as httpRequest } from "node:http";

const [port, url = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 4 });

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    const headers = {
      "content-type": request.headers["content-type"] ?? "application/x-protobuf",
      "content-length": body.length,
    };
    httpRequest(`${url}${request.url}`, { method: "POST", agent, headers }, (answer) =>
      answer.resume(),
    ).end(body);
  });
}).listen(Number(port), "127.0.0.1");
