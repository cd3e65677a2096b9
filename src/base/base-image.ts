/** A base image that is here, whole and verified. It is never written to. */
export interface BaseImage {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  /** What its clusters are compressed with. */
  readonly compression: 'none' | 'zlib' | 'zstd';
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes of the disk that a guest sees. */
  readonly virtualSize: number;
  /** Of the file. */
  readonly sha256: string;
  readonly origin: BaseOrigin;
}

/** Where a base image came from. */
export interface BaseOrigin {
  /** What the user asked for: `noble`, a path, a URL, `bootstrap:bookworm`. */
  readonly reference: string;
  readonly url?: string;
  /** The distribution's dated serial, such as `20261101`; serials sort by age. */
  readonly serial?: string;
  /** The fingerprint of the key that signed it. */
  readonly signingKey?: string;
}
