/* SPDX-License-Identifier: Apache-2.0 */
#include "ports/mps2/flash.h"

#include "image/image.h"
#include "ports/loader.h"
#include "ports/port.h"

#include <string.h>

static struct {
    uint32_t latency_ticks;
    uint32_t ticks_per_kib;
    uint64_t last_ready;             /**< when the last copy is */
    size_t num_copies;               /**< since the last `wait_all` */
    uint32_t ready[IMAGE_MAX_LOADS]; /**< low words of when copies are */
} flash;

uint64_t flash_hidden_ticks;

bool port_model_flash(uint32_t latency_ticks, uint32_t ticks_per_kib)
{
    flash.latency_ticks = latency_ticks;
    flash.ticks_per_kib = ticks_per_kib;
    return true;
}

static void begin(uint8_t *to, const uint8_t *from, size_t num_bytes)
{
    const uint64_t start = port_raw_ticks();
    const uint64_t now = start - flash_hidden_ticks;
    const uint64_t free_at = flash.last_ready > now ? flash.last_ready : now;
    const uint64_t transfer = ((uint64_t)num_bytes * flash.ticks_per_kib) >> 10;

    memcpy(to, from, num_bytes);
    flash.last_ready = free_at + flash.latency_ticks + transfer;
    flash.ready[flash.num_copies % IMAGE_MAX_LOADS] = (uint32_t)flash.last_ready;
    flash.num_copies++;
    flash_hidden_ticks += port_raw_ticks() - start;
}

static void wait_until(uint64_t ticks)
{
    while (port_ticks() < ticks) {
    }
}

static void wait(size_t num_copies)
{
    if (num_copies > 0 && num_copies <= flash.num_copies) {
        const uint32_t ready = flash.ready[(num_copies - 1) % IMAGE_MAX_LOADS];
        const uint64_t now = port_ticks();
        if (flash.last_ready <= now) {
            return;
        }
        wait_until(now + (uint64_t)(int64_t)(int32_t)(ready - (uint32_t)now));
    }
}

static void wait_all(void)
{
    wait_until(flash.last_ready);
    flash.num_copies = 0;
}

const loader_t *port_loader(void)
{
    static const loader_t LOADER = {.begin = begin, .wait = wait, .wait_all = wait_all};
    return &LOADER;
}
