/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Boards that copy from the memory of images by the core alone; a port that can do better, or
 * models it, has functions of its own.
 */
#include "ports/loader.h"

__attribute__((weak)) const loader_t *port_loader(void)
{
    return NULL;
}

__attribute__((weak)) bool port_model_flash(uint32_t latency_ticks, uint32_t ticks_per_kib)
{
    (void)latency_ticks;
    (void)ticks_per_kib;
    return false;
}
