using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orchestrator.Messaging;

namespace Orchestrator.Grains.Tests;

/// <summary>Silence says nothing about a worker while this process is cut off from the bus.</summary>
public sealed class LeaseClockTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(90);
    private readonly FakeTimeProvider _time = new();
    private readonly Bus _bus = new();
    private readonly LeaseClock _clock;

    public LeaseClockTests() => _clock = new LeaseClock(_bus, Options.Create(new ControlPlaneOptions { Lease = Lease }), _time);

    [Fact]
    public void With_the_bus_it_goes_as_time_goes() => Assert.Equal(TimeSpan.FromSeconds(40), Passed(() => _time.Advance(TimeSpan.FromSeconds(40))));

    [Fact]
    public void Without_the_bus_it_stands_still() => Assert.Equal(TimeSpan.Zero, Passed(() =>
    {
        _bus.Up = false;
        _ = _clock.Now;
        _time.Advance(TimeSpan.FromHours(2));
    }));

    [Fact]
    public void When_the_bus_is_back_everybody_has_a_lease_to_be_heard_in() => Assert.Equal(TimeSpan.FromSeconds(5) - Lease, Passed(() => Outage(TimeSpan.FromSeconds(5))));

    [Fact]
    public void Every_outage_counts_once() => Assert.Equal(TimeSpan.FromSeconds(1 + 2 + 30) - 2 * Lease, Passed(() =>
    {
        Outage(TimeSpan.FromSeconds(1));
        Outage(TimeSpan.FromSeconds(2));
        _time.Advance(TimeSpan.FromSeconds(30));
    }));

    /// <summary>An outage of an hour, which is noticed at once, and some time with the bus after it.</summary>
    private void Outage(TimeSpan after)
    {
        _bus.Up = false;
        _ = _clock.Now;
        _time.Advance(TimeSpan.FromHours(1));
        _bus.Up = true;
        _ = _clock.Now;
        _time.Advance(after);
    }

    private TimeSpan Passed(Action then)
    {
        var before = _clock.Now;
        then();
        return _clock.Now - before;
    }

    private sealed class Bus : IBusHealth
    {
        public bool Up { get; set; } = true;
    }
}
