/** Offsets in the file: the setup code, and the code after the header that it jumps to. */
const setup = 0x200;
const entry = 0x268;

/**
 * A kernel (Documentation/arch/x86/boot.rst) whose 16-bit setup code writes a text to the first serial port and halts.
 * QEMU boots it in an instant. Cloud Hypervisor cannot: it skips the setup code.
 */
export function createTinyKernel(text: string): Buffer {
  const code = Buffer.from(
    [
      '0e1f', //     push cs; pop ds
      'be0000', //   mov si, text
      'baf803', //   mov dx, 0x3f8
      'ac', //       next: lodsb
      '84c07403', // test al, al; jz halt
      'eeebf8', //   out dx, al; jmp next
      'f4ebfd', //   halt: hlt; jmp halt
    ].join(''),
    'hex',
  );
  code.writeUInt16LE(entry - setup + code.length, 3);
  const kernel = Buffer.alloc(2048);
  kernel.writeUInt8(2, 0x1f1); // setup_sects
  kernel.writeUInt32LE(32, 0x1f4); // syssize
  kernel.writeUInt16LE(0xaa55, 0x1fe); // boot_flag
  kernel.set([0xeb, entry - setup - 2], setup); // jmp entry
  kernel.write('HdrS', 0x202);
  kernel.writeUInt16LE(0x0206, 0x206); // protocol version
  kernel.writeUInt8(1, 0x211); // loadflags: LOADED_HIGH
  kernel.writeUInt32LE(0x100000, 0x214); // code32_start
  kernel.writeUInt32LE(0x7fffffff, 0x22c); // initrd_addr_max
  kernel.writeUInt32LE(255, 0x238); // cmdline_size
  kernel.set(code, entry);
  kernel.write(`${text}\0`, entry + code.length, 'latin1');
  return kernel;
}
