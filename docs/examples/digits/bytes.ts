/** Digits as one file: a byte for each label, then a byte for each grey value. */
import { type Digits, pixels } from '../mnist/data.js'

export const packDigits = ({ images, labels, count }: Digits): Uint8Array => {
  const bytes = new Uint8Array(count * (1 + pixels))
  bytes.set(labels)
  images.forEach((grey, i) => { bytes[count + i] = Math.round(255 * grey) })
  return bytes
}

/** Grey values have three decimals in the package that they come from: they are those, bit for bit. */
const greys = Float32Array.from({ length: 256 }, (_, byte) => Math.round((1000 * byte) / 255) / 1000)

export const unpackDigits = (bytes: Uint8Array): Digits => {
  const count = bytes.length / (1 + pixels)
  return {
    images: Float32Array.from(bytes.subarray(count), byte => greys[byte]!),
    labels: Int32Array.from(bytes.subarray(0, count)),
    count,
  }
}
