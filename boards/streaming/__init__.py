# SPDX-License-Identifier: Apache-2.0
"""Networks that are larger than the memory they run in: constants come while operators run."""
