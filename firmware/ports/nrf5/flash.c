/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Flash through the controller of non-volatile memory. The core stands still while it is busy.
 *
 * Words are written whole, but a bit that is 1 leaves what was there: bytes that do not fill a word
 * are written with ones beside them. Chunks of whole words so write each word once.
 */
#include "ports/port.h"

#include "ports/nrf5/registers.h"

#define WORD_BYTES 4u

static void configure(uint32_t mode)
{
    NVMC_CONFIG = mode;
    while (NVMC_READY == 0) {
    }
}

static void erase_page(uintptr_t address)
{
    configure(NVMC_CONFIG_ERASE);
    NVMC_ERASEPAGE = (uint32_t)address;
    configure(NVMC_CONFIG_WRITE);
}

/** Write what of a word begins at `bytes`. @return how many bytes it was */
static size_t write_word(uintptr_t address, const uint8_t *bytes, size_t length)
{
    const size_t first = address % WORD_BYTES;
    const size_t taken = length < WORD_BYTES - first ? length : WORD_BYTES - first;
    uint32_t word = UINT32_MAX;
    for (size_t i = 0; i < taken; i++) {
        word ^= (uint32_t)(bytes[i] ^ 0xFFu) << (8u * (first + i));
    }
    *(volatile uint32_t *)(address - first) = word;
    while (NVMC_READY == 0) {
    }
    return taken;
}

void port_flash_write(uint8_t *place, const uint8_t *bytes, size_t length)
{
    uintptr_t address = (uintptr_t)place;
    configure(NVMC_CONFIG_WRITE);
    while (length > 0) {
        if (address % AIRLOOP_FLASH_PAGE_BYTES == 0) {
            erase_page(address);
        }
        const size_t taken = write_word(address, bytes, length);
        address += taken;
        bytes += taken;
        length -= taken;
    }
    configure(NVMC_CONFIG_READ);
}
