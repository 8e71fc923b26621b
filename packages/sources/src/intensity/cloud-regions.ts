/**
 * Version of the map below, which was drawn by where the regions stand. Public maps differ on these regions, decided so:
 *
 *   aws us-west-2          US-NW-BPAT or US-NW-PACW   PACW: two areas share the county; the dearer one
 *   aws eu-north-1         SE or SE-SE3               SE3: Stockholm and around
 *   azure northcentralus   MISO or PJM                PJM: Chicago's supplier is inside it
 *   azure swedencentral    SE or SE-SE3               SE3: Gävle
 *   azure westus           BPAT or CISO               CISO: California
 *   azure northeurope      IE, also listed as FI      IE: Dublin
 *   gcp me-central1        AE or QA                   QA: Doha
 *   gcp us-central1        MISO or SWPP               MISO: Council Bluffs, Iowa
 *   gcp us-east1           SC or SCEG                 SC: Berkeley County's supplier
 *   gcp us-west1           BPAT or PACW               BPAT: The Dalles
 *
 * Electricity Maps' list of sites (config/data_centers of electricitymaps-contrib, read in November 2026) also differs on
 * these, where the place it gives is another one than the provider's page says, or its supplier has an area of its own:
 *
 *   azure westus2          GCPD, there BPAT           GCPD: Quincy, supplied by Grant County
 *   azure westcentralus    WACM, there PACE           WACM: Cheyenne
 *   azure westeurope       NL, there DE               NL
 *   azure israelcentral    IL, there JO               IL
 *   azure southeastasia    SG, there DK-DK2           SG
 *   azure japaneast        JP-TK, there JP-TH         JP-TK: Tokyo and Saitama
 *   gcp us-west2           CISO, there SRP (Mesa)     CISO: Los Angeles
 *   gcp ...-northeast2     CA-ON, there PJM           CA-ON: Toronto
 *   ovh hil                PGE, there BPAT            PGE: Hillsboro's supplier
 *
 * Not confirmed by any list: regions of OCI, Google Cloud's newer ones (europe-north2, us-central2, us-east2,
 * asia-southeast3, northamerica-south1), Azure's announced ones, AWS GovCloud. They stand where their names say.
 */
export const CLOUD_REGIONS_VERSION = "2026-11";

/** Regions of providers in each zone. */
const ZONES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  aws: {
    AE: "me-central-1",
    "AU-NSW": "ap-southeast-2",
    "AU-VIC": "ap-southeast-4",
    BH: "me-south-1",
    "BR-CS": "sa-east-1",
    "CA-AB": "ca-west-1",
    "CA-QC": "ca-central-1",
    CH: "eu-central-2",
    CN: "cn-north-1 cn-northwest-1",
    DE: "eu-central-1 eusc-de-east-1",
    ES: "eu-south-2",
    FR: "eu-west-3",
    GB: "eu-west-2",
    HK: "ap-east-1",
    ID: "ap-southeast-3",
    IE: "eu-west-1",
    IL: "il-central-1",
    "IN-SO": "ap-south-2",
    "IN-WE": "ap-south-1",
    "IT-NO": "eu-south-1",
    "JP-KN": "ap-northeast-3",
    "JP-TK": "ap-northeast-1",
    KR: "ap-northeast-2",
    MX: "mx-central-1",
    "MY-WM": "ap-southeast-5",
    NZ: "ap-southeast-6",
    "SE-SE3": "eu-north-1",
    SG: "ap-southeast-1",
    TH: "ap-southeast-7",
    TW: "ap-east-2",
    "US-CAL-CISO": "us-west-1",
    "US-MIDA-PJM": "us-east-1 us-east-2 us-gov-east-1",
    "US-NW-PACW": "us-west-2 us-gov-west-1",
    ZA: "af-south-1",
  },
  azure: {
    AE: "uaenorth uaecentral",
    AT: "austriaeast",
    "AU-NSW": "australiaeast australiacentral australiacentral2",
    "AU-VIC": "australiasoutheast",
    BE: "belgiumcentral",
    "BR-CS": "brazilsouth brazilsoutheast",
    "CA-ON": "canadacentral",
    "CA-QC": "canadaeast",
    CH: "switzerlandnorth switzerlandwest",
    "CL-SEN": "chilecentral",
    CN: "chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3",
    DE: "germanywestcentral germanynorth",
    "DK-DK2": "denmarkeast",
    ES: "spaincentral",
    FR: "francecentral francesouth",
    GB: "uksouth ukwest",
    HK: "eastasia",
    ID: "indonesiacentral",
    IE: "northeurope",
    IL: "israelcentral",
    "IN-SO": "southindia",
    "IN-WE": "centralindia westindia jioindiawest jioindiacentral",
    "IT-NO": "italynorth",
    "JP-KN": "japanwest",
    "JP-TK": "japaneast",
    KR: "koreacentral koreasouth",
    MX: "mexicocentral",
    "MY-WM": "malaysiawest",
    NL: "westeurope",
    "NO-NO1": "norwayeast",
    "NO-NO2": "norwaywest",
    NZ: "newzealandnorth",
    PL: "polandcentral",
    QA: "qatarcentral",
    "SE-SE3": "swedencentral",
    "SE-SE4": "swedensouth",
    SG: "southeastasia",
    TW: "taiwannorth",
    "US-CAL-CISO": "westus",
    "US-MIDA-PJM": "eastus eastus2 northcentralus",
    "US-MIDW-MISO": "centralus",
    "US-NW-GCPD": "westus2",
    "US-NW-WACM": "westcentralus",
    "US-SW-AZPS": "westus3",
    "US-TEX-ERCO": "southcentralus",
    ZA: "southafricanorth southafricawest",
  },
  gcp: {
    "AU-NSW": "australia-southeast1",
    "AU-VIC": "australia-southeast2",
    BE: "europe-west1",
    "BR-CS": "southamerica-east1",
    "CA-ON": "northamerica-northeast2",
    "CA-QC": "northamerica-northeast1",
    CH: "europe-west6",
    "CL-SEN": "southamerica-west1",
    DE: "europe-west3 europe-west10",
    ES: "europe-southwest1",
    FI: "europe-north1",
    FR: "europe-west9",
    GB: "europe-west2",
    HK: "asia-east2",
    ID: "asia-southeast2",
    IL: "me-west1",
    "IN-NO": "asia-south2",
    "IN-WE": "asia-south1",
    "IT-NO": "europe-west8 europe-west12",
    "JP-KN": "asia-northeast2",
    "JP-TK": "asia-northeast1",
    KR: "asia-northeast3",
    MX: "northamerica-south1",
    NL: "europe-west4",
    PL: "europe-central2",
    QA: "me-central1",
    SA: "me-central2",
    "SE-SE3": "europe-north2",
    SG: "asia-southeast1",
    TH: "asia-southeast3",
    TW: "asia-east1",
    "US-CAL-CISO": "us-west2",
    "US-CAR-SC": "us-east1",
    "US-CENT-SWPP": "us-central2",
    "US-MIDA-PJM": "us-east4 us-east5",
    "US-MIDW-MISO": "us-central1",
    "US-NW-BPAT": "us-west1",
    "US-NW-NEVP": "us-west4",
    "US-NW-PACE": "us-west3",
    "US-SE-SOCO": "us-east2",
    "US-TEX-ERCO": "us-south1",
    ZA: "africa-south1",
  },
  oci: {
    AE: "me-dubai-1 me-abudhabi-1",
    "AU-NSW": "ap-sydney-1",
    "AU-VIC": "ap-melbourne-1",
    "BR-CS": "sa-saopaulo-1 sa-vinhedo-1",
    "CA-ON": "ca-toronto-1",
    "CA-QC": "ca-montreal-1",
    CH: "eu-zurich-1",
    "CL-SEN": "sa-santiago-1 sa-valparaiso-1",
    CO: "sa-bogota-1",
    DE: "eu-frankfurt-1",
    ES: "eu-madrid-1",
    FR: "eu-paris-1 eu-marseille-1",
    GB: "uk-london-1 uk-cardiff-1",
    ID: "ap-batam-1",
    IL: "il-jerusalem-1",
    "IN-SO": "ap-hyderabad-1",
    "IN-WE": "ap-mumbai-1",
    "IT-NO": "eu-milan-1",
    "JP-KN": "ap-osaka-1",
    "JP-TK": "ap-tokyo-1",
    KR: "ap-seoul-1 ap-chuncheon-1",
    MX: "mx-queretaro-1 mx-monterrey-1",
    NL: "eu-amsterdam-1",
    RS: "eu-jovanovac-1",
    SA: "me-jeddah-1 me-riyadh-1",
    "SE-SE3": "eu-stockholm-1",
    SG: "ap-singapore-1 ap-singapore-2",
    "US-CAL-CISO": "us-sanjose-1",
    "US-MIDA-PJM": "us-ashburn-1 us-chicago-1",
    "US-SW-AZPS": "us-phoenix-1",
    ZA: "af-johannesburg-1",
  },
  ovh: {
    "AU-NSW": "syd",
    "CA-ON": "tor",
    "CA-QC": "bhs",
    DE: "de",
    FR: "gra par rbx sbg",
    GB: "uk",
    "IN-WE": "ynm",
    "IT-NO": "mil",
    PL: "waw",
    SG: "sgp",
    "US-MIDA-PJM": "vin",
    "US-NW-PGE": "hil",
  },
};

/** Names of a provider beside its own in the map. */
const ALIASES: Readonly<Record<string, string>> = {
  amazon: "aws",
  google: "gcp",
  google_cloud: "gcp",
  oracle: "oci",
  oracle_cloud: "oci",
  ovhcloud: "ovh",
};

const zoneByRegion: ReadonlyMap<string, string> = new Map(
  Object.entries(ZONES).flatMap(([provider, zones]) =>
    Object.entries(zones).flatMap(([zone, regions]) =>
      regions.split(" ").map((region) => [`${provider}/${region}`, zone] as const),
    ),
  ),
);

/** `PROVIDER/REGION` of every region of the map with its zone. */
export const cloudRegions: ReadonlyMap<string, string> = zoneByRegion;

/** `PROVIDER/REGION` as the map writes it: `Azure`, `West Europe` is `azure/westeurope`; OVH's numbers are left out. */
export function cloudRegionKey(provider: string, region: string): string {
  const given = provider.trim().toLowerCase();
  const name = ALIASES[given] ?? given;
  const plain = region.trim().toLowerCase();
  if (name === "azure") return `azure/${plain.replace(/[\s_-]/g, "")}`;
  return `${name}/${name === "ovh" ? plain.replace(/[-\d].*$/, "") : plain}`;
}
