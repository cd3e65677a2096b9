/** A Go module compiled into a binary. */
export interface GoModule {
  readonly path: string;
  readonly version: string;
  /** Its go.sum checksum, if the binary records it. */
  readonly sum?: string;
}

/** A daemon binary that has passed the checks: ELF, x86-64, statically linked. */
export interface Daemon {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
  /** What `GET /version` must report, if the request named a version. */
  readonly version?: string;
  /** From the Go build info; undefined for binaries of other languages. */
  readonly goVersion?: string;
  readonly modules: readonly GoModule[];
}
