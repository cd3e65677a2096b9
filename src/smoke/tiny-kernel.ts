/** Where the setup code begins in the file, and the jump over the header in it. */
const setup = 0x200;
const entry = 0x268;

/**
 * A kernel by the Linux boot protocol (Documentation/arch/x86/boot.rst) that writes a text to the first serial port
 * and halts, all of it in its 16-bit setup code: QEMU boots it in a moment. (Cloud Hypervisor starts a kernel behind that code.)
 */
export function createTinyKernel(text: string): Buffer {
  const code = Buffer.from([
    0x0e,
    0x1f, //             push cs; pop ds
    0xbe,
    0x00,
    0x00, //       mov si, text
    0xba,
    0xf8,
    0x03, //       mov dx, 0x3f8
    0xac, //             next: lodsb
    0x84,
    0xc0,
    0x74,
    0x03, // test al, al; jz halt
    0xee,
    0xeb,
    0xf8, //       out dx, al; jmp next
    0xf4,
    0xeb,
    0xfd, // halt: hlt; jmp halt
  ]);
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
