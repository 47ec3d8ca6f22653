#!/bin/sh
# What to change so that iblint v1.2.3 finds no failure. It has changed nothing itself.
# There is nothing to change.
