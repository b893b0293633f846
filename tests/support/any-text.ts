import fc from 'fast-check';

/** Any UTF-16 text, lone surrogates and control characters among it, mostly of characters that mean something. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'<>&"\'`]\\\n\r\t #%:|\u0000\u001b\u2028\u202e\ufdd0\ufffe\ud800\udc00'),
      fc.constantFrom(']]>', '</script', '<!--', '::error::', '##[', '```', '\u001b[2J', '💥'),
      fc.integer({ min: 0, max: 0xffff }).map(code => String.fromCharCode(code)),
    ),
    { maxLength: 24 },
  )
  .map(parts => parts.join(''));
