# SPDX-License-Identifier: Apache-2.0
"""Put the checksum of the RP2040's boot stage into a linked program: python3 finish.py airloop.elf.

Needs nothing but Python's standard library, and arm-none-eabi-objcopy.

Source
------
Raspberry Pi, RP2040 Datasheet, bootrom: CRC-32 with polynomial 04C11DB7, all ones before the first
of 252 bytes, bits in their order, nothing changed behind the last.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

_OBJCOPY = "arm-none-eabi-objcopy"
_SECTION = ".boot"
_CODE_BYTES, _BOOT_BYTES = 252, 256
_POLYNOMIAL, _ALL_ONES, _TOP_BIT = 0x04C11DB7, 0xFFFFFFFF, 0x80000000


def checksum(data: bytes) -> int:
    """Return the checksum that the ROM compares with, of the bytes before it."""
    crc = _ALL_ONES
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1) ^ (_POLYNOMIAL if crc & _TOP_BIT else 0)
            crc &= _ALL_ONES
    return crc


def sealed(boot: bytes) -> bytes:
    """Return the boot stage with its checksum behind it.

    Raises
    ------
    ValueError
        It is not of its size.
    """
    if len(boot) != _BOOT_BYTES:
        raise ValueError(f"the boot stage has {len(boot)} bytes, the ROM reads {_BOOT_BYTES}")
    code = boot[:_CODE_BYTES]
    return code + checksum(code).to_bytes(4, "little")


def main(program: str) -> None:
    """Seal the boot stage of an ELF file in place."""
    with tempfile.TemporaryDirectory() as folder:
        boot = Path(folder) / "boot.bin"
        dump = f"--dump-section={_SECTION}={boot}"
        subprocess.run([_OBJCOPY, dump, program, str(Path(folder) / "same.elf")], check=True)
        boot.write_bytes(sealed(boot.read_bytes()))
        subprocess.run([_OBJCOPY, f"--update-section={_SECTION}={boot}", program], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
