# SPDX-License-Identifier: Apache-2.0
"""Detection problems of several users, one resource element each, and blocks of them."""
