package live

import (
	"io"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/etcdscope/etcdscope/etcdsource"
	"github.com/etcdscope/etcdscope/etcdsource/disk"
)

// logger returns where the logs of etcd's client go: nowhere, or to the end of the configured file, as JSON lines. What
// cannot be written later is lost in silence: a full disk does not end what is being read.
func (c *Config) logger() (*zap.Logger, error) {
	if c.LogFile == "" {
		return zap.NewNop(), nil
	}
	f, err := os.OpenFile(c.LogFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil {
		_, err = f.Write(nil)
	}
	if err != nil {
		return nil, &etcdsource.Problem{Tried: "write the log file " + c.LogFile, Why: disk.Why(err), Do: disk.Do(err, "name another file with --log-file"), Err: err}
	}
	encoder := zap.NewProductionEncoderConfig()
	encoder.EncodeTime = zapcore.RFC3339TimeEncoder
	core := zapcore.NewCore(zapcore.NewJSONEncoder(encoder), zapcore.Lock(f), zap.InfoLevel)
	return zap.New(core, zap.ErrorOutput(zapcore.AddSync(io.Discard))), nil
}
