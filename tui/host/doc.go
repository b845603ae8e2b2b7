// Package host has what a feature may ask of the program, what the program asks of a feature, and the jobs that both
// start.
//
//	program ─► Feature: Act (a key), Update (a message), Back (esc), Close
//	feature ─► Host: Say, Focus, Travel, Push, Prompt, …
//	feature ─► Job ─► (a goroutine of Bubble Tea) ─► one message ─► Update
//
// What always holds:
//   - Update does no I/O, and a job changes no state: it answers with one message that says what it answers (Ask).
//   - A feature imports no other feature: what it wants of one it asks for with a message (Host.Ask).
package host
