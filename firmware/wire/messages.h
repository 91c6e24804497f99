/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What host and device say to each other: the one description of the wire.
 *
 * A frame, before byte stuffing (all fields little endian and packed):
 *
 *     type u8 | seq u16 | len u16 | payload[len] | crc32 u32 over type..payload
 *
 * It travels COBS-encoded and ends with a zero byte. The crc32 is that of zlib. An empty frame
 * (a zero byte alone) means nothing and may be sent to find the start of the next one.
 *
 * The host asks, the device answers; an answer carries the type of its request with bit 7 set, the
 * seq of its request, and a payload that starts with a status byte (status.h). An answer whose
 * status is not OK ends there, except HELLO's, which is always whole.
 *
 * Exactly once: the device remembers the last request it executed. A request with the same seq is
 * answered again, word for word, without being executed. A damaged frame is answered by nothing;
 * the host asks again. HELLO is always executed, and from then on only its seq is remembered; TEXT
 * is executed again when it is repeated.
 *
 * `host/wire.py` describes the same messages; tests/host/test_wire_header.py reads the structs
 * below and proves that both agree.
 */
#ifndef AIRLOOP_WIRE_MESSAGES_H
#define AIRLOOP_WIRE_MESSAGES_H

#include <stdint.h>

#define WIRE_VERSION 2u
#ifndef WIRE_MAX_PAYLOAD
#define WIRE_MAX_PAYLOAD 8192u
#endif
#define WIRE_ANSWER_BIT 0x80u
#define WIRE_PACKED __attribute__((packed))

/** The requests. */
typedef enum {
    MESSAGE_HELLO = 0x01,       /**< hello_t -> hello_answer_t */
    MESSAGE_LOAD_BEGIN = 0x02,  /**< load_begin_t -> next_offset_t, where to go on */
    MESSAGE_LOAD_CHUNK = 0x03,  /**< chunk_t, bytes -> next_offset_t */
    MESSAGE_LOAD_COMMIT = 0x04, /**< nothing -> nothing; the new image is in force, or the old is */
    MESSAGE_INPUT = 0x05,       /**< chunk_t, bytes -> next_offset_t; invalidates the output */
    MESSAGE_RUN = 0x06,         /**< run_t -> run_answer_t, the output if it fits; eats the input */
    MESSAGE_OUTPUT = 0x07,      /**< output_t -> bytes */
    MESSAGE_PROFILE = 0x08,     /**< profile_t -> profile_answer_t, profile_entry_t[] that fit */
    MESSAGE_RESET = 0x09,       /**< nothing -> nothing; forgets every image, keeps the counters */
    MESSAGE_COUNTERS = 0x0A,    /**< nothing -> counters_answer_t */
    MESSAGE_FAULT = 0x0B,       /**< fault_t -> nothing; only in builds with fault injection */
    MESSAGE_RAW = 0x0C,         /**< raw_t -> nothing, then unframed bytes, see raw_t */
    MESSAGE_PATCH_BEGIN = 0x0D, /**< patch_begin_t -> next_offset_t, where to go on */
    MESSAGE_PATCH_CHUNK = 0x0E, /**< chunk_t, pieces -> next_offset_t */
    MESSAGE_PATCH_COMMIT = 0x0F, /**< nothing -> patch_answer_t; as LOAD_COMMIT */
    MESSAGE_LEARN_BEGIN = 0x10,  /**< learn_begin_t, settings -> nothing */
    MESSAGE_LEARN_LABELS = 0x11, /**< learn_label_t[] -> learn_labels_answer_t */
    MESSAGE_LEARN_STEP = 0x12,   /**< learn_step_t -> learn_step_answer_t, the head */
    MESSAGE_LEARN_RESUME = 0x13, /**< learn_resume_t, values -> nothing */
    MESSAGE_TEXT = 0x14,         /**< text_t -> nothing, then text instead of frames; wire/text.h */
    MESSAGE_FLASH = 0x15,  /**< flash_t -> nothing; STATUS_UNKNOWN on boards that model none */
    MESSAGE_EVENTS = 0x16, /**< events_t, packed steps -> events_answer_t; wire/spikes.h */
    MESSAGE_TALLY = 0x17,  /**< tally_t -> tally_answer_t, tally_entry_t[] that fit */
} message_t;

typedef struct WIRE_PACKED {
    uint16_t wire_version;
} hello_t;

/** Flags of hello_answer_t. READ_ONLY: images lie in flash, without PATCH and LEARN. */
#define HELLO_FLAG_FAULT_INJECTION 1u
#define HELLO_FLAG_SIMD 2u
#define HELLO_FLAG_READ_ONLY 4u

/** Followed by the board's name, UTF-8 [name_bytes], and by hello_tail_t. */
typedef struct WIRE_PACKED {
    uint16_t wire_version;
    uint16_t max_payload;
    uint32_t image_capacity; /**< largest image [bytes] */
    uint32_t arena_capacity; /**< largest arena [bytes] */
    uint32_t clock_hz;       /**< of the tick counter; 0 = there is none */
    uint8_t tick_bits;       /**< width of the tick counter; 0 = there is none */
    uint32_t flags;
    uint8_t firmware_hash[8];
    uint8_t name_bytes;
} hello_answer_t;

typedef struct WIRE_PACKED {
    uint8_t image_hash[8]; /**< first bytes of the sha256 it was announced by; 0 = no image */
    uint32_t agent_ram_bytes;
    uint32_t agent_flash_bytes;
    uint32_t arena_bytes; /**< that a run of the image takes; 0 = no image */
} hello_tail_t;

/**
 * Resumes the unfinished load of the same three, else starts a new one at 0. The image that was in
 * force before the present one is still there until a load or a patch begins, and needs no chunk:
 * its load resumes at its end. Beginning a load or a patch gives up an unfinished other one.
 *
 * The device verifies total, crc32 and the image's own rules. It computes no SHA-256: it keeps what
 * the host announces as the name of the image, and tells its first bytes in HELLO.
 */
typedef struct WIRE_PACKED {
    uint32_t total;
    uint32_t crc32;     /**< of all bytes of the image file */
    uint8_t sha256[32]; /**< names the image */
} load_begin_t;

/**
 * Bytes follow, for PATCH_CHUNK pieces. A chunk starts where the last one ended; INPUT may also
 * start again at 0.
 */
typedef struct WIRE_PACKED {
    uint32_t offset;
} chunk_t;

typedef struct WIRE_PACKED {
    uint32_t next_offset;
} next_offset_t;

/**
 * Resumes the unfinished patch to the same image, else copies the image in force into the other
 * slot and starts at 0. The network in force runs on until PATCH_COMMIT, which verifies the patched
 * copy as LOAD_COMMIT does a load: on any error the image in force stays, and the patch is dropped.
 *
 * A patch keeps the length of the image. It is made of pieces, in the order of the image:
 *
 *     skip | length | bytes[length]
 *
 * skip counts the bytes that stay as they are, from the end of the last piece, or from the chunk's
 * offset for its first one. Both numbers are LEB128: seven bits a byte, the least significant
 * first, bit 7 set in all bytes but the last; at most four bytes, length at least 1. A chunk holds
 * whole pieces, ends where its last one does, and is taken whole or not at all.
 */
typedef struct WIRE_PACKED {
    uint8_t base_sha256[32]; /**< of the image in force; another is STATUS_WRONG_BASE */
    uint32_t total;
    uint32_t crc32;     /**< of all bytes of the image file that the patch leads to */
    uint8_t sha256[32]; /**< names it */
} patch_begin_t;

typedef struct WIRE_PACKED {
    uint8_t image_hash[8]; /**< of the image in force, as HELLO tells it */
} patch_answer_t;

#define LEARN_TABLE_ENTRIES 256u

/** A factor multiplier / 2^right_shift, multiplier at most 2^31 - 1, right_shift at most 62. */
typedef struct WIRE_PACKED {
    uint32_t multiplier;
    uint8_t right_shift;
} learn_factor_t;

/**
 * Begins to learn the head of the image in force, as learn/head.h describes it, from its weights
 * and biases; what was learned before stays in the image, and its fractions are lost. Followed by
 *
 *     uint16_t probability_q15[LEARN_TABLE_ENTRIES]  that a bit is 1, for y from -128 on
 *     learn_factor_t inputs[num_in + 1]              the bias last
 *     learn_factor_t outputs[num_out]
 *
 * The learner's memory lies behind the activations in the arena: STATUS_TOO_LARGE if there is no
 * room. STATUS_NO_HEAD if the network does not end in a 1 x 1 convolution that can learn. Learning
 * ends when a LOAD or a PATCH is committed, and by RESET; the other LEARN messages are then
 * STATUS_BAD_STATE.
 */
typedef struct WIRE_PACKED {
    uint8_t base_sha256[32]; /**< of the image in force; another is STATUS_WRONG_BASE */
    uint16_t num_in;         /**< of the head */
    uint8_t num_out;
    uint8_t momentum_shift; /**< 0 .. 7: a step keeps 1 - 2^-momentum_shift of the velocity */
} learn_begin_t;

/**
 * Elements of the slot of the last RUN whose bits the host knows; all are taken or none. The slot
 * must still be there: STATUS_BAD_STATE once new input has come.
 */
typedef struct WIRE_PACKED {
    uint16_t element; /**< row * width + column */
    uint8_t bits;     /**< bit o is that of output o */
} learn_label_t;

typedef struct WIRE_PACKED {
    uint64_t ticks;
    uint32_t num_labels; /**< since the last step */
} learn_labels_answer_t;

/**
 * Takes a step in a copy of the image in force, and puts the copy in force: on any error the image
 * in force stays. Gives up an unfinished load or patch; the image before the step is then in the
 * other slot. Input and output are forgotten, as by PATCH_COMMIT; the learner goes on.
 */
typedef struct WIRE_PACKED {
    uint32_t multiplier; /**< the rate, multiplier / 2^right_shift */
    uint8_t right_shift;
} learn_step_t;

/** Followed by the new head: weights int8 [num_out][num_in], then biases int32 [num_out]. */
typedef struct WIRE_PACKED {
    uint64_t ticks;
    uint8_t sha256[32]; /**< of the image now in force, both its seals put in */
} learn_step_answer_t;

/**
 * Goes on where another learner was that had the same settings and image. Followed by its values
 *
 *     int64_t velocities[num_out][num_in + 1]  the bias last; see learn/head.h
 *     int32_t masters[num_out][num_in + 1]
 *
 * STATUS_BAD_ARG, with nothing changed, if one of them is out of its range.
 */
typedef struct WIRE_PACKED {
    uint32_t num_labels; /**< that it took since its last step */
} learn_resume_t;

#define RUN_FLAG_PROFILE 1u

typedef struct WIRE_PACKED {
    uint8_t flags;
} run_t;

/** Followed by the whole output if it fits into this frame. */
typedef struct WIRE_PACKED {
    uint64_t ticks;
    uint32_t output_bytes;
} run_answer_t;

typedef struct WIRE_PACKED {
    uint32_t offset;
    uint16_t length;
} output_t;

typedef struct WIRE_PACKED {
    uint16_t first_operator;
} profile_t;

/** Followed by as many entries, from the first asked for, as fit into this frame. */
typedef struct WIRE_PACKED {
    uint16_t num_operators;
} profile_answer_t;

typedef struct WIRE_PACKED {
    uint8_t kind; /**< operator_kind_t of image/image.h */
    uint8_t pad[3];
    uint32_t ticks; /**< of the last profiled run; 0xFFFFFFFF = that or more */
} profile_entry_t;

/** Since the device started. */
typedef struct WIRE_PACKED {
    uint32_t executed; /**< requests, HELLO left out, the one that asks included */
    uint32_t cached_answers;
    uint32_t bad_frames;
    uint32_t overruns; /**< frames longer than any request, and bytes the port lost */
} counters_answer_t;

/** Each frame, either way, is lost or has one bit flipped with these probabilities. */
typedef struct WIRE_PACKED {
    uint32_t drop_per_million;
    uint32_t flip_per_million;
    uint32_t seed;
} fault_t;

/** How slow the memory of images is, where a board models it. */
typedef struct WIRE_PACKED {
    uint32_t latency_ticks; /**< from the beginning of a copy to its first byte */
    uint32_t ticks_per_kib;
} flash_t;

#define RAW_TO_DEVICE 0u
#define RAW_TO_HOST 1u
/**
 * Behind the answer num_bytes unframed bytes flow, byte i being i & 0xFF. When they went to the
 * device, a second answer with the same seq follows: status and raw_answer_t.
 */
typedef struct WIRE_PACKED {
    uint8_t direction;
    uint32_t num_bytes;
} raw_t;

typedef struct WIRE_PACKED {
    uint32_t crc32; /**< of the unframed bytes as they arrived */
} raw_answer_t;

#endif
