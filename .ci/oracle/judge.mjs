// Judges cases by the simulator: one JSON object a line on stdin, one verdict a
// line on stdout, in the same order. A case has
//
//   as         which policy the document is: trust, resource, identity, boundary or scp
//   policy     the document
//   principal, action, resource, account, context   the request
//
// With the argument "rate N" it judges each case N times over in a loop, and
// then prints how many it judged a second instead of verdicts.
import { createValidatedPolicy } from '@cloud-copilot/iam-policy'
import { runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const everything = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }
const named = (policy) => [{ name: 'policy', policy }]

function judge({ as, policy, principal, action, resource, account, context }) {
	const simulation = {
		request: { principal, action, resource: { resource, accountId: account }, contextVariables: context },
		identityPolicies: [],
		serviceControlPolicies: [],
		resourceControlPolicies: []
	}
	switch (as) {
		case 'trust':
		case 'resource':
			// The simulator wants a resource's policy to have a name, and this gives it one.
			simulation.resourcePolicy = createValidatedPolicy(policy, () => [], { name: 'policy' })
			break
		case 'identity':
			simulation.identityPolicies = named(policy)
			break
		case 'boundary':
			simulation.identityPolicies = named(everything)
			simulation.permissionBoundaryPolicies = named(policy)
			break
		case 'scp':
			simulation.identityPolicies = named(everything)
			simulation.serviceControlPolicies = [{ orgIdentifier: 'root', policies: named(policy) }]
			break
		default:
			return 'error: ' + as
	}
	try {
		return runUnsafeSimulation(simulation, {})
	} catch (error) {
		return 'error: ' + String(error).replaceAll('\n', ' ')
	}
}

let verdict = judge
if (process.argv[2] === 'rate') {
	const times = Number(process.argv[3])
	let judged = 0
	let nanoseconds = 0n
	verdict = (line) => {
		const begin = process.hrtime.bigint()
		for (let i = 0; i < times; i++) judge(line)
		nanoseconds += process.hrtime.bigint() - begin
		judged += times
		return ''
	}
	process.on('exit', () => console.log(Math.round(judged / (Number(nanoseconds) / 1e9))))
}

let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', (chunk) => {
	const lines = (rest + chunk).split('\n')
	rest = lines.pop()
	const verdicts = lines.map((line) => verdict(JSON.parse(line)))
	if (verdict === judge && verdicts.length > 0) process.stdout.write(verdicts.join('\n') + '\n')
})
