// The smallest function there is, as an ES module: it gives back what it is given.
export const main = async (event) => ({ event });
