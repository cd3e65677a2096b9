/** A program and its arguments: never a shell line. */
export type Argv = readonly [program: string, ...args: string[]];
