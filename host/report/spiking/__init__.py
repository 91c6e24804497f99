# SPDX-License-Identifier: Apache-2.0
"""Tables and pictures of events and of the networks that take them."""
