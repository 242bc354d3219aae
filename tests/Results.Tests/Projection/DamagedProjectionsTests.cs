using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orchestrator.Results.Projection;

namespace Orchestrator.Results.Tests.Projection;

public sealed class DamagedProjectionsTests
{
    [Theory]
    [InlineData(true, "and it is made again: it is short")]
    [InlineData(false, "and a running dev makes it again, or 'results rebuild 5f0c': it is short")]
    public void The_warning_says_who_makes_a_damaged_segment_again(bool writes, string told)
    {
        using var lines = new Lines();
        var services = new ServiceCollection().AddLogging(logging => logging.AddProvider(lines)).AddSingleton<DamagedProjections>();
        if (writes)
        {
            services.AddSingleton<Projector>();
        }
        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<DamagedProjections>().Report("5f0c", "it is short");

        Assert.EndsWith(told, Assert.Single(lines.Written), StringComparison.Ordinal);
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public List<string> Written { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
