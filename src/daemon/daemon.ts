/** A Go module that is compiled into a binary. */
export interface GoModule {
  readonly path: string;
  readonly version: string;
  /** The checksum of go.sum, where the binary carries it. */
  readonly sum?: string;
}

/** A daemon binary that has passed the checks: ELF, x86-64, statically linked. */
export interface Daemon {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** What `GET /version` must answer; undefined where nobody said. */
  readonly version?: string;
  /** From the Go build info; undefined where it is not a Go binary. */
  readonly goVersion?: string;
  readonly modules: readonly GoModule[];
}
