/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The second stage of booting. The first, in ROM, copies these 256 bytes from the beginning of the
 * flash into RAM, and runs them there if their last four are the checksum of the others, which
 * finish.py puts in.
 *
 * It lets the flash be read in place by its plainest command, 03h with an address of 24 bits, that
 * every serial flash has, and goes on at the vectors behind these bytes.
 *
 * Source: Raspberry Pi, RP2040 Datasheet: bootrom, flash second stage; SSI.
 */
#include "ports/rp2040/registers.h"

#define SSI_CTRLR0 RP_REGISTER(0x18000000u)
#define SSI_CTRLR0_READ_32_BITS (31u << 16 | 3u << 8) /**< after command and address */
#define SSI_CTRLR1 RP_REGISTER(0x18000004u)
#define SSI_SSIENR RP_REGISTER(0x18000008u)
#define SSI_BAUDR RP_REGISTER(0x18000014u)
#define SSI_BAUDR_QUARTER 4u
#define SSI_SPI_CTRLR0 RP_REGISTER(0x180000F4u)
/** A command of 8 bits, an address of 24. */
#define SSI_SPI_CTRLR0_COMMAND_03 (0x03u << 24 | 2u << 8 | 6u << 2)
#define SCB_VTOR RP_REGISTER(0xE000ED08u)
#define VECTORS 0x10000100u

_Noreturn void boot_stage(void);

/** Stands alone: it is run where it was not linked to, so it calls nothing. */
__attribute__((section(".boot.code"), used)) _Noreturn void boot_stage(void)
{
    SSI_SSIENR = 0;
    SSI_BAUDR = SSI_BAUDR_QUARTER;
    SSI_CTRLR0 = SSI_CTRLR0_READ_32_BITS;
    SSI_CTRLR1 = 0;
    SSI_SPI_CTRLR0 = SSI_SPI_CTRLR0_COMMAND_03;
    SSI_SSIENR = 1;
    SCB_VTOR = VECTORS;
    __asm__ volatile("msr msp, %0\n\tbx %1"
                     :
                     : "r"(RP_REGISTER(VECTORS)), "r"(RP_REGISTER(VECTORS + 4u)));
    for (;;) {
    }
}

__attribute__((section(".boot.checksum"), used)) static const uint32_t BOOT_CHECKSUM = 0;
