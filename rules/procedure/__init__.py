"""Tests of equipment as data: what a procedure says, one run of it, and the pure steps that carry it on."""
