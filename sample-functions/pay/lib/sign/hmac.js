const crypto = require('crypto');
const { canonical } = require('./canonical');

/** HMAC-SHA256 签名，大写十六进制。 */
exports.sign = (fields, key) =>
  crypto.createHmac('sha256', key).update(`${canonical(fields)}&key=${key}`).digest('hex').toUpperCase();
