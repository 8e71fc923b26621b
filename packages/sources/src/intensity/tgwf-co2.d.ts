declare module "@tgwf/co2/data/electricity-maps" {
  interface YearlyTable {
    readonly data: Readonly<
      Record<
        string,
        {
          readonly zone: { readonly zoneName: string };
          readonly carbonIntensity: { readonly value: number; readonly unit: string };
        }
      >
    >;
    readonly methodology: string;
  }
  export const yearly2021: YearlyTable;
  export const yearly2022: YearlyTable;
  export const yearly2023: YearlyTable;
  export const yearly2024: YearlyTable;
  export const yearly2025: YearlyTable;
}

declare module "@tgwf/co2/data" {
  export const averageIntensity: { readonly data: Readonly<Record<string, number>> };
}
