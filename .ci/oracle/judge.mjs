// Judges cases by the simulator: one JSON object a line on stdin, one verdict a
// line on stdout, in the same order. A case has
//
//   as         which policy the document is: trust, resource, identity, boundary or scp
//   policy     the document
//   principal, action, resource, account, context   the request
//
// With the arguments "rate N" it judges all cases N times over in a loop, and
// prints how many a second, without and with the simulator's validation.
import { createValidatedPolicy } from '@cloud-copilot/iam-policy'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const everything = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }
const named = (policy) => [{ name: 'policy', policy }]

function simulation({ as, policy, principal, action, resource, account, context }) {
	const s = {
		request: { principal, action, resource: { resource, accountId: account }, contextVariables: context },
		identityPolicies: [],
		serviceControlPolicies: [],
		resourceControlPolicies: []
	}
	switch (as) {
		case 'trust':
		case 'resource':
			s.resourcePolicy = policy
			return s
		case 'identity':
			s.identityPolicies = named(policy)
			return s
		case 'boundary':
			s.identityPolicies = named(everything)
			s.permissionBoundaryPolicies = named(policy)
			return s
		case 'scp':
			s.identityPolicies = named(everything)
			s.serviceControlPolicies = [{ orgIdentifier: 'root', policies: named(policy) }]
			return s
	}
	throw new Error(`no such kind: ${as}`)
}

function judge(line) {
	const s = simulation(line)
	if (s.resourcePolicy !== undefined) {
		// Without validation the simulator wants this policy to have a name, and so it gets one.
		s.resourcePolicy = createValidatedPolicy(s.resourcePolicy, () => [], { name: 'policy' })
	}
	return runUnsafeSimulation(s, {})
}

function verdict(line) {
	try {
		return judge(JSON.parse(line))
	} catch (error) {
		return 'error: ' + String(error).replaceAll('\n', ' ')
	}
}

async function rate(lines, times) {
	const cases = lines.map((line) => JSON.parse(line))
	for (const run of [judge, (line) => runSimulation(simulation(line), {})]) {
		for (const warm of [true, false]) {
			const begin = process.hrtime.bigint()
			for (let i = 0; i < (warm ? 1 : times); i++) {
				for (const line of cases) {
					const result = run(line)
					if (result instanceof Promise) await result
				}
			}
			if (!warm) console.log(Math.round((cases.length * times * 1e9) / Number(process.hrtime.bigint() - begin)))
		}
	}
}

process.stdin.setEncoding('utf8')
let rest = ''
const all = []
for await (const chunk of process.stdin) {
	const lines = (rest + chunk).split('\n')
	rest = lines.pop()
	if (process.argv[2] === 'rate') all.push(...lines)
	else if (lines.length > 0) process.stdout.write(lines.map(verdict).join('\n') + '\n')
}
if (process.argv[2] === 'rate') await rate(all, Number(process.argv[3]))
