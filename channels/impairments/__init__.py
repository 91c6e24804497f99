# SPDX-License-Identifier: Apache-2.0
"""What radio hardware adds to the air: oscillators, mixers, amplifiers and converters."""
