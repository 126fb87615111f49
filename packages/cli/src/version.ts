// SPDX-License-Identifier: GPL-2.0-or-later

/** The version of Uptide; the packages have the same, and a test holds them together. */
export const VERSION = '0.1.0';
