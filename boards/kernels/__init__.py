# SPDX-License-Identifier: Apache-2.0
"""What operators compute, in NumPy, family by family; `boards.reference` runs networks of them."""
