/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What a call, or a request, came to. The values travel as the first byte of every answer.
 */
#ifndef AIRLOOP_STATUS_H
#define AIRLOOP_STATUS_H

typedef enum {
    STATUS_OK = 0,            /**< done */
    STATUS_BAD_ARG = 1,       /**< a field is out of range, or the payload has the wrong length */
    STATUS_BAD_STATE = 2,     /**< not now: no image, no whole input, no output, ... */
    STATUS_BAD_IMAGE = 3,     /**< checksum, version, offset or shape of the image is wrong */
    STATUS_TOO_LARGE = 4,     /**< image or arena does not fit this device */
    STATUS_WRONG_VERSION = 5, /**< the host speaks another version of the wire */
    STATUS_UNKNOWN = 6,       /**< no such request in this build */
    STATUS_WRONG_BASE = 7,    /**< the image in force is not the one that is to be changed */
    STATUS_NO_HEAD = 8,       /**< the network ends in nothing that could learn */
    STATUS_READ_ONLY = 9,     /**< images lie in flash here, and are only loaded whole */
} status_t;

/** Leave the function with the status of `call` unless it is STATUS_OK. */
#define RETURN_IF_ERROR(call)                                                                      \
    do {                                                                                           \
        const status_t status_ = (call);                                                           \
        if (status_ != STATUS_OK) {                                                                \
            return status_;                                                                        \
        }                                                                                          \
    } while (0)

/** Leave the function with `status` if `condition` holds. */
#define RETURN_IF(condition, status)                                                               \
    do {                                                                                           \
        if (condition) {                                                                           \
            return (status);                                                                       \
        }                                                                                          \
    } while (0)

#endif
