/** Every law on WebGPU but those of control flow, which have a file of their own. */
import { type FamilyName, families } from '../../laws/index.js'
import { hold } from './hold.js'

hold(...(Object.keys(families) as FamilyName[]).filter(name => name !== 'control'))
