# SPDX-License-Identifier: Apache-2.0
"""Studies of detectors of several users, as experiments."""
