// SPDX-License-Identifier: GPL-2.0-or-later
import { KernelError } from '../error.ts';

/** MODULE_SIG_STRING, include/linux/module_signature.h. */
const MARK = Buffer.from('~Module signature appended~\n', 'latin1');

// struct module_signature stands right before the mark: u8 algo, hash, id_type, signer_len, key_id_len,
// u8 pad[3], be32 sig_len; the signature stands right before the struct.
const STRUCT_SIZE = 12;
const ID_TYPE = 2;
const SIGNATURE_LENGTH = 8;
/** PKEY_ID_PKCS7; with it all other fields but the length must be zero (mod_check_sig). */
const PKCS7 = 2;

/**
 * Cuts the signature off a module; the bytes of an unsigned one are given back as they are.
 *
 * @returns a view onto `bytes`.
 * @throws KernelError MODULE_BAD_SIGNATURE when there is the mark of a signature that the kernel's
 * mod_check_sig (kernel/module_signature.c) would refuse.
 */
export function stripSignature(bytes: Uint8Array): Uint8Array {
  const signed = bytes.length - MARK.length;
  if (signed < 0 || !MARK.equals(bytes.subarray(signed))) return bytes;
  const at = signed - STRUCT_SIZE;
  if (at < 0) throw failure(`before the mark are ${signed} bytes, too few for its description`, signed);
  const description = bytes.subarray(at, signed);
  if (description[ID_TYPE] !== PKCS7) throw failure(`its type is ${description[ID_TYPE]}, not PKCS#7`, at);
  if (description.subarray(0, SIGNATURE_LENGTH).some((byte, i) => i !== ID_TYPE && byte !== 0)) {
    throw failure('a field that must be zero is not', at);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(at + SIGNATURE_LENGTH, false);
  if (length === 0 || length >= at) {
    throw failure(`it states ${length} bytes, before its description are ${at}`, at);
  }
  return bytes.subarray(0, at - length);
}

function failure(reason: string, offset: number): KernelError {
  return new KernelError('MODULE_BAD_SIGNATURE', `the module signature is damaged: ${reason}`, {
    place: { offset },
  });
}
