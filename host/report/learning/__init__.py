# SPDX-License-Identifier: Apache-2.0
"""What a report says of receivers that learn while they detect."""
