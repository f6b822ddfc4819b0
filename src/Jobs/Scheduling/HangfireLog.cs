using Hangfire.Logging;
using Microsoft.Extensions.Logging;
using LogLevel = Hangfire.Logging.LogLevel;

namespace PortraitGen.Jobs.Scheduling;

/// <summary>Hangfire's lines in the host's log. Hangfire keeps one log for the whole process, which outlives the host that set it:
/// what it says to a log that is gone is dropped, where its own adapter throws and stops its workers for seconds.</summary>
internal sealed class HangfireLog(ILoggerFactory factory) : ILogProvider
{
    public ILog GetLogger(string name)
    {
        try
        {
            return new Lines(factory.CreateLogger(name));
        }
        catch (ObjectDisposedException)
        {
            return new Lines(null);
        }
    }

    private sealed class Lines(ILogger? logger) : ILog
    {
        public bool Log(LogLevel logLevel, Func<string>? messageFunc, Exception? exception = null)
        {
            var level = logLevel switch
            {
                LogLevel.Trace => Microsoft.Extensions.Logging.LogLevel.Trace,
                // Its chatter at information is about itself.
                LogLevel.Debug or LogLevel.Info => Microsoft.Extensions.Logging.LogLevel.Debug,
                LogLevel.Warn => Microsoft.Extensions.Logging.LogLevel.Warning,
                LogLevel.Error => Microsoft.Extensions.Logging.LogLevel.Error,
                _ => Microsoft.Extensions.Logging.LogLevel.Critical,
            };
            if (logger is null || !logger.IsEnabled(level)) return false;
            if (messageFunc is null) return true;
            logger.Log(level, new EventId(1091, "Hangfire"), messageFunc(), exception, static (text, _) => text);
            return true;
        }
    }
}
