/* SPDX-License-Identifier: Apache-2.0 */
#include "learn/head.h"

#include <string.h>

void head_tell_values(const head_t *head, uint8_t *values)
{
    memcpy(values, head->velocities, head_values_bytes(head->num_in, head->num_out));
}

static bool are_values(const head_t *head, const uint8_t *values)
{
    const size_t count = (size_t)head->num_out * (head->num_in + 1u);
    const uint8_t *masters = values + count * sizeof(int64_t);
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        int64_t velocity;
        int32_t master;
        memcpy(&velocity, values + i * sizeof velocity, sizeof velocity);
        memcpy(&master, masters + i * sizeof master, sizeof master);
        const int32_t limit =
            i % (head->num_in + 1u) == head->num_in ? HEAD_MAX_MASTER_BIAS : HEAD_MAX_MASTER_WEIGHT;
        is_good = is_good && velocity >= -HEAD_MAX_VELOCITY && velocity <= HEAD_MAX_VELOCITY &&
                  master >= -limit && master <= limit;
    }
    return is_good;
}

status_t head_resume(head_t *head, const uint8_t *values, uint32_t num_labels)
{
    RETURN_IF(num_labels > HEAD_MAX_LABELS || !are_values(head, values), STATUS_BAD_ARG);
    memcpy(head->velocities, values, head_values_bytes(head->num_in, head->num_out));
    head->num_labels = num_labels;
    return STATUS_OK;
}
