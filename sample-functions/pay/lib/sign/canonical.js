/** 按键名排序，拼成 a=1&b=2；空值不参与签名。 */
exports.canonical = (fields) =>
  Object.keys(fields)
    .filter((name) => fields[name] !== undefined && fields[name] !== '')
    .sort()
    .map((name) => `${name}=${fields[name]}`)
    .join('&');
