import { mount } from 'svelte'
import Live from './routes/Live.svelte'
import './styles/tokens.css'
import './styles/base.css'

const target = document.getElementById('app')
if (target) mount(Live, { target })
