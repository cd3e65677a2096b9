/**
 * A line of shell that waits for the console of a guest's records. Before its driver is loaded, which may be late in a
 * boot, a redirection would create a file in its place, and the kernel would not replace that.
 */
export const awaitConsole = 'until [ -c /dev/hvc0 ]; do sleep 0.2; done';
