// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * The signature at the end of a module, as scripts/sign-file.c of the kernel puts it there and
 * kernel/module/signing.c takes it off: the module, a CMS signature in DER, `struct module_signature`
 * (include/linux/module_signature.h), and a mark.
 */

/** MODULE_SIG_STRING. */
export const SIGNATURE_MARK = '~Module signature appended~\n';

/** `struct module_signature`: algo, hash, id_type, signer_len, key_id_len, three bytes of padding, be32 sig_len. */
const STRUCT_BYTES = 12;
const ID_TYPE_OFFSET = 2;
const LENGTH_OFFSET = 8;
/** The one type that module_sig_check takes (PKEY_ID_PKCS7); with it all other fields are zero. */
const PKEY_ID_PKCS7 = 2;

/** Whether a module ends with a signature. */
export function isSigned(module: Uint8Array): boolean {
  return Buffer.from(module.subarray(-SIGNATURE_MARK.length)).toString('latin1') === SIGNATURE_MARK;
}

/** A module with its signature behind it. */
export function appendSignature(module: Uint8Array, signature: Uint8Array): Uint8Array {
  const fields = Buffer.alloc(STRUCT_BYTES);
  fields.writeUInt8(PKEY_ID_PKCS7, ID_TYPE_OFFSET);
  fields.writeUInt32BE(signature.length, LENGTH_OFFSET);
  return Buffer.concat([module, signature, fields, Buffer.from(SIGNATURE_MARK, 'latin1')]);
}

/** A module and its signature; undefined when it has none that the kernel would take off. */
export function splitSignature(
  signed: Uint8Array,
): { readonly module: Uint8Array; readonly signature: Uint8Array } | undefined {
  const end = signed.length - SIGNATURE_MARK.length - STRUCT_BYTES;
  if (!isSigned(signed) || end < 0) return undefined;
  const fields = Buffer.from(signed.buffer, signed.byteOffset + end, STRUCT_BYTES);
  const length = fields.readUInt32BE(LENGTH_OFFSET);
  const zero = fields.every((byte, at) => at === ID_TYPE_OFFSET || at >= LENGTH_OFFSET || byte === 0);
  if (fields.readUInt8(ID_TYPE_OFFSET) !== PKEY_ID_PKCS7 || !zero || length > end) return undefined;
  return { module: signed.subarray(0, end - length), signature: signed.subarray(end - length, end) };
}
