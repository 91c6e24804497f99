# SPDX-License-Identifier: Apache-2.0
"""Finds the serial port of an instrument by its USB serial number."""

from serial.tools import list_ports

from host.links.serial import names_of_ports
from host.meters.errors import MeterMissingError


def port_of(serial_number: str, *, meter: str) -> str:
    """Return the device file of the first port that belongs to an instrument.

    Raises
    ------
    MeterMissingError
        There is none; the message lists the ports that there are.
    """
    ports = sorted(list_ports.comports(), key=lambda port: port.device)
    for port in ports:
        if port.serial_number == serial_number:
            return str(port.device)
    raise MeterMissingError(meter=meter, serial_number=serial_number, existing=names_of_ports())
