# SPDX-License-Identifier: Apache-2.0
"""Drives the devices and keeps the records: links, wire, experiments, reports, commands."""
