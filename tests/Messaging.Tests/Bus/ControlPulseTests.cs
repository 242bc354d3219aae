using Microsoft.Extensions.Time.Testing;
using Orchestrator.Messaging.Bus;

namespace Orchestrator.Messaging.Tests.Bus;

public sealed class ControlPulseTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_process_that_consumed_nothing_for_a_while_promises_nothing_until_the_next_message()
    {
        var pulse = new ControlPulse(_time);
        _time.Advance(ControlPulse.Patience - TimeSpan.FromSeconds(1));
        Assert.True(pulse.Beats);

        _time.Advance(TimeSpan.FromSeconds(30)); // a pause of the whole process looks like this
        Assert.False(pulse.Beats);

        pulse.Heard();
        Assert.True(pulse.Beats);
    }

    [Fact]
    public void A_new_bus_begins_to_count_again_and_only_a_message_makes_up_for_it()
    {
        var pulse = new ControlPulse(_time);
        pulse.Sent();
        pulse.Sent();
        Assert.Equal((2, 0), (pulse.Unheard, pulse.Renewals));

        pulse.Renewed();
        pulse.Sent();
        pulse.Renewed();
        Assert.Equal((0, 2), (pulse.Unheard, pulse.Renewals));

        pulse.Heard();
        Assert.Equal((0, 0), (pulse.Unheard, pulse.Renewals));
    }
}
