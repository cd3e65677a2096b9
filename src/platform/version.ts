/** The version of this product; the release sets it together with `package.json`, which a test compares. */
export const productVersion = '1.0.0';
