using Orchestrator.Messaging.Bus;

namespace Orchestrator.Messaging.Tests.Bus;

public sealed class ControlPulseTests
{
    [Fact]
    public void A_consumer_counts_as_gone_after_pings_that_nobody_heard_and_is_back_with_the_next_message()
    {
        var pulse = new ControlPulse();
        for (var ping = 1; ping < ControlPulse.Patience; ping++)
        {
            pulse.Sent();
        }
        Assert.True(pulse.Beats);

        pulse.Sent();
        Assert.False(pulse.Beats);

        pulse.Heard();
        Assert.True(pulse.Beats);
    }
}
