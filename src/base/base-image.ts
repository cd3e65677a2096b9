/** A complete, verified base image on this machine. It is never written to. */
export interface BaseImage {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  /** Compression of its clusters. */
  readonly compression: 'none' | 'zlib' | 'zstd';
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes of the disk that a guest sees. */
  readonly virtualSize: number;
  /** SHA-256 of the file. */
  readonly sha256: string;
  readonly origin: BaseOrigin;
}

/** Where a base image came from. */
export interface BaseOrigin {
  /** As the user wrote it: `noble`, a path, a URL, `bootstrap:bookworm`. */
  readonly reference: string;
  readonly url?: string;
  /** The distribution's dated serial, such as `20261101`; serials sort by age. */
  readonly serial?: string;
  /** The fingerprint of the key that signed it. */
  readonly signingKey?: string;
}
