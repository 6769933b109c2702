package main

import (
	"bytes"
	"reflect"
	"testing"
)

// Stands for github.com/stretchr/testify/assert, of which tests of HumanEval-X use this much.
var assert asserting

type asserting struct{ t *testing.T }

func (asserting) New(t *testing.T) asserting { return asserting{t} }

func (to asserting) Equal(expected, actual interface{}, _ ...interface{}) bool {
	to.t.Helper()
	same := reflect.DeepEqual(expected, actual)
	if left, ok := expected.([]byte); ok && left != nil {
		if right, ok := actual.([]byte); ok && right != nil {
			same = bytes.Equal(left, right)
		}
	}
	if !same {
		to.t.Errorf("expected %#v, got %#v", expected, actual)
	}
	return same
}
