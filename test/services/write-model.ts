import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SPECIAL = ["<|begin|>", "<|end|>", "<|user|>", "<|assistant|>"];
const CHAT_TEMPLATE =
  "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";

/** Ids from 1000 on are those that Dynamo's mocker answers with. */
const VOCABULARY_SIZE = 2048;

/**
 * Writes a model without weights in Hugging Face's layout; its tokenizer makes each byte of a text one token, and words
 * of what the mocker answers.
 */
export function writeModel(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, content: object): void =>
    writeFileSync(join(folder, name), JSON.stringify(content));
  const bytes = [...SPECIAL, ...byteCharacters()];
  const words = Array.from({ length: VOCABULARY_SIZE - bytes.length }, (_, i) => `Ġword${i}`);
  const vocabulary = [...bytes, ...words];
  write("tokenizer.json", tokenizer(vocabulary));
  write("tokenizer_config.json", {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: "<|begin|>",
    eos_token: "<|end|>",
    model_max_length: 8192,
    chat_template: CHAT_TEMPLATE,
  });
  write("generation_config.json", { bos_token_id: 0, eos_token_id: 1 });
  write("config.json", {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: vocabulary.length,
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 16,
    max_position_embeddings: 8192,
    rms_norm_eps: 1e-5,
    bos_token_id: 0,
    eos_token_id: 1,
    hidden_act: "silu",
    torch_dtype: "bfloat16",
  });
}

function tokenizer(vocabulary: readonly string[]): object {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  return {
    version: "1.0",
    added_tokens: SPECIAL.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges: [],
    },
  };
}

/** The characters byte-level BPE writes the bytes 0 to 255 as: themselves where printable, else from U+0100 on. */
function byteCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable =
      (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte <= 0xff && byte !== 0xad);
    return String.fromCodePoint(isPrintable ? byte : next++);
  });
}
